"""Fill a database with products by SQL: for the figures' background, never for what is measured.

Fifty thousand products take four minutes through Odoo and seconds here. Every row is a copy of those of
one product that the pipeline itself created, with number, name, key and fence of its own event: the
pipeline must find each unchanged, and the benchmark fails when it does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from psycopg import Connection, sql

from ops.bench.errors import BenchError
from schemas.event import Event
from schemas.keys import external_id

_WANTED = """
CREATE TEMPORARY TABLE IF NOT EXISTS bench_wanted (
    number text, name text, key text, sequence text, digest text, external text,
    template integer DEFAULT nextval('product_template_id_seq'),
    variant integer DEFAULT nextval('product_product_id_seq')
)"""
_COPY = "COPY bench_wanted (number, name, key, sequence, digest, external) FROM STDIN"
_PATTERN = """
SELECT t.id, p.id FROM product_template t JOIN product_product p ON p.product_tmpl_id = t.id
WHERE t.x_pdm_key = %s"""
_TEMPLATE = {
    "id": "w.template",
    "default_code": "w.number",
    "name": "jsonb_build_object('en_US', w.name)",
    "x_pdm_key": "w.key",
    "x_pdm_sequence": "w.sequence",
    "x_pdm_digest": "w.digest",
}
_VARIANT = {"id": "w.variant", "product_tmpl_id": "w.template", "default_code": "w.number"}
_BESIDE = (
    ("product_taxes_rel", "prod_id", "w.template"),
    ("product_supplier_taxes_rel", "prod_id", "w.template"),
    ("product_value", "product_id", "w.variant"),
)
"""What else Odoo makes of each product: table, column that refers to it, and to what."""
_NAMES = """
INSERT INTO ir_model_data (module, name, model, res_id, noupdate)
SELECT split_part(external, '.', 1), substr(external, strpos(external, '.') + 1),
    'product.template', template, true
FROM bench_wanted"""
_FILLED = (
    "product_template",
    "product_product",
    "ir_model_data",
    "product_taxes_rel",
    "product_supplier_taxes_rel",
)


def fill(connection: Connection[tuple[Any, ...]], pattern: Event, events: Iterable[Event]) -> None:
    """Add the products of `events` as copies of that of `pattern`, which the pipeline has created."""
    found = connection.execute(_PATTERN, [pattern.key]).fetchone()
    if found is None:
        raise BenchError(f"the product {pattern.subject!r} to copy is not in Odoo")
    template, variant = found
    connection.execute(_WANTED)
    connection.execute("TRUNCATE bench_wanted")
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for event in events:
            copy.write_row(_row(event))
    _copies(connection, "product_template", "id", template, _TEMPLATE)
    _copies(connection, "product_product", "id", variant, _VARIANT)
    for table, column, owner in _BESIDE:
        own = {"id": f"nextval('{table}_id_seq')"} if "id" in _columns(connection, table) else {}
        _copies(
            connection, table, column, template if "template" in owner else variant, {column: owner} | own
        )
    connection.execute(_NAMES)


def settle(connection: Connection[tuple[Any, ...]]) -> None:
    """Let PostgreSQL count what was filled in: its autovacuum would do it in the middle of a figure."""
    for table in _FILLED:
        connection.execute(sql.SQL("VACUUM ANALYZE {}").format(sql.Identifier(table)))


def _row(event: Event) -> Sequence[str]:
    return (
        event.subject,
        event.data.name,
        event.key,
        event.sequence,
        event.digest,
        external_id("product", event.key),
    )


def _copies(
    connection: Connection[tuple[Any, ...]], table: str, by: str, pattern: int, own: Mapping[str, str]
) -> None:
    """Copy the rows of `table` whose column `by` is `pattern`, once per wanted product."""
    columns = _columns(connection, table)
    values = [sql.SQL(own[name]) if name in own else sql.Identifier("p", name) for name in columns]
    connection.execute(
        sql.SQL(
            "INSERT INTO {table} ({columns}) SELECT {values} FROM {table} p, bench_wanted w WHERE {by} = {id}"
        ).format(
            table=sql.Identifier(table),
            columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
            values=sql.SQL(", ").join(values),
            by=sql.Identifier("p", by),
            id=sql.Literal(pattern),
        )
    )


def _columns(connection: Connection[tuple[Any, ...]], table: str) -> list[str]:
    found = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position",
        [table],
    )
    return [name for (name,) in found]

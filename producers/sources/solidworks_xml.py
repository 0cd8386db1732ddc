"""The XML of an export file of SOLIDWORKS PDM, read into a tree.

Shape (`SOLIDWORKS PDM Administration, "XML File Structure"`)::

    xml > transactions > transaction > document > configuration > attribute
                                                                > references > document > …

Only the grammar is checked here; what a node means is decided in `solidworks_items.py`. A newcomer
would get wrong to let an unknown element pass: a misspelt `<references>` would empty a BOM in silence.
"""

from __future__ import annotations

import re
from io import BytesIO
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, InputSource, Locator

from defusedxml.common import DefusedXmlException
from defusedxml.sax import make_parser

from producers.sources import text
from producers.sources.errors import SourceError, shown
from producers.sources.solidworks_tree import Configuration, Document, Transaction

MAX_LEVELS = 200
"""Most documents within each other. Real exports reach 16."""
MAX_NAME = 256
MAX_VALUE = 4000

_PARENTS: dict[str, tuple[str, ...]] = {
    "xml": ("",),
    "transactions": ("xml",),
    "transaction": ("transactions",),
    "document": ("transaction", "references"),
    "configuration": ("document",),
    "attribute": ("configuration",),
    "references": ("configuration",),
}
_DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)")


def read_tree(body: bytes, name: str) -> list[Transaction]:
    """Return the transactions of an export file.

    Raises:
        SourceError: not UTF-8, not well-formed, an entity or a document type, an element that does
            not belong there, or documents nested deeper than 200 levels.
    """
    text.check(body, name)
    declared = _DECLARED.match(body.removeprefix(text.BOM).lstrip())
    if declared and declared[1].lower() not in {b"utf-8", b"us-ascii"}:
        raise SourceError(name, 1, f"declares encoding {declared[1].decode()!r}: save the file as UTF-8")
    handler = _Handler(name)
    parser = make_parser()
    parser.forbid_dtd = parser.forbid_entities = parser.forbid_external = True
    parser.setContentHandler(handler)
    source = InputSource()
    source.setByteStream(BytesIO(body))
    source.setEncoding("utf-8")
    try:
        parser.parse(source)
    except DefusedXmlException as error:
        raise SourceError(
            name,
            handler.line,
            "declares a document type or an entity, which no export does: refused as unsafe",
        ) from error
    except SAXParseException as error:
        raise SourceError(
            name,
            error.getLineNumber() or handler.line,
            f"is not well-formed XML ({error.getMessage()}): the file may be cut off; export it again",
        ) from error
    return handler.transactions


class _Handler(ContentHandler):
    """Builds the tree. The stacks are explicit, so that no depth of a file can exhaust ours."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self.transactions: list[Transaction] = []
        self._file = file
        self._locator: Locator | None = None
        self._open = [""]
        self._documents: list[Document] = []
        self._configurations: list[Configuration] = []
        # One copy of each text: a sub-assembly repeats under every parent.
        self._known: dict[str, str] = {}

    @property
    def line(self) -> int:
        """Line of the tag being read."""
        return (self._locator and self._locator.getLineNumber()) or 1

    def setDocumentLocator(self, locator: Locator) -> None:  # noqa: N802 (SAX's name)
        self._locator = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 (SAX's name)
        parent = self._open[-1]
        if parent not in _PARENTS.get(name, ()):
            place = f"inside <{parent}>" if parent else "as the root"
            raise self._refused(f"element <{name[:40]}> {place}: not an export of SOLIDWORKS PDM")
        self._open.append(name)
        if name == "attribute":
            self._attribute(attrs)
        elif name == "configuration":
            self._configuration(attrs)
        elif name == "document":
            self._document(parent, attrs)
        elif name == "transaction":
            self.transactions.append(
                Transaction(
                    self.line,
                    _stripped(attrs, "type"),
                    _stripped(attrs, "date"),
                    _stripped(attrs, "vaultname"),
                )
            )

    def endElement(self, name: str) -> None:  # noqa: N802 (SAX's name)
        self._open.pop()
        if name == "document":
            self._documents.pop()
        elif name == "configuration":
            self._configurations.pop()

    def _document(self, parent: str, attrs: AttributesImpl) -> None:
        if len(self._documents) >= MAX_LEVELS:
            raise self._refused(
                f"documents are nested deeper than {MAX_LEVELS} levels: an assembly seems to contain itself"
            )
        document = Document(
            self.line,
            self._once(_stripped(attrs, "id")) if "id" in attrs else None,
            self._once(_stripped(attrs, "idattribute")),
            self._once(_stripped(attrs, "idcfgname")),
            self._once(_stripped(attrs, "pdmweid")),
        )
        owner = (
            self.transactions[-1].documents
            if parent == "transaction"
            else self._configurations[-1].references
        )
        owner.append(document)
        self._documents.append(document)

    def _configuration(self, attrs: AttributesImpl) -> None:
        configuration = Configuration(
            self.line, self._once(_stripped(attrs, "name")), self._once(_stripped(attrs, "quantity"))
        )
        self._documents[-1].configurations.append(configuration)
        self._configurations.append(configuration)

    def _attribute(self, attrs: AttributesImpl) -> None:
        name, value = self._once(_stripped(attrs, "name")), self._once(_stripped(attrs, "value"))
        if not name:
            return  # a BOM column without a name: nothing could refer to it
        if len(name) > MAX_NAME or len(value) > MAX_VALUE:
            raise self._refused(
                f"attribute {shown(name)} is too long: {MAX_NAME} characters of name and {MAX_VALUE} of "
                "value are allowed; take the column out of the BOM layout"
            )
        if self._configurations[-1].attributes.setdefault(name, value) != value:
            raise self._refused(
                f"attribute {shown(name)} occurs twice with different values: name the columns apart"
            )

    def _once(self, value: str) -> str:
        return self._known.setdefault(value, value)

    def _refused(self, reason: str) -> SourceError:
        return SourceError(self._file, self.line, reason)


def _stripped(attrs: AttributesImpl, name: str) -> str:
    return str(attrs.get(name, "")).strip()

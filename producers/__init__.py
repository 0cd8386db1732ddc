"""Everything that publishes: sources, outbox, publisher, and the connection itself.

A consumer that retries or dead-letters is a producer too, so broker and publisher live here. This
package may import `schemas` only: it knows nothing of consumers, of Odoo or of HTTP to the broker.
"""

"""What the containers of docker-compose.yml need beside their images.

This package may not: be imported by the product, or import anything that Odoo's image does not have.
"""

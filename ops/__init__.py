"""The command `pdm-odoo` and everything operators use.

The only package that builds clients and wires them together. Use cases are functions and objects;
printing and rendering live in the commands around them.
"""

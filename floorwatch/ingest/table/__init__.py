"""The neutral table: one line a contact, as research and reporting systems export them."""

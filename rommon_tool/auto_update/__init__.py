"""The Auto Update server: devices post to it, and learn by checksum which image, ASDM and configuration they should have.

Of the wire format only the outline is public. What is known is code; what is not is a template that its user may edit.
"""

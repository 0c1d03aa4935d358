"""The wire: tagged JSON messages and binary frames. Imports nothing else of ours; the page's types are generated from it."""

PROTOCOL_VERSION = 1

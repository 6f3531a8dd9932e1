"""What is below the floor leaves nothing in an object: neither its name nor the names of its fields.

Usage: check_log_floor.py OBJECT
"""
import sys

with open(sys.argv[1], "rb") as file:
    code = file.read()
for word, there in ((b"left_out_trace", False), (b"left_out_info", False), (b"left_out_key", False), (b"kept_warn", True),
                    (b"kept_key", True)):
    if (word in code) != there:
        sys.exit(f"{word.decode()} is {'missing' if there else 'there'}")

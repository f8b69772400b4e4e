"""Faults under load: what becomes of answers when the server, its database, its disk, its clock or the network fail."""

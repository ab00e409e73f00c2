"""Backups of one PostgreSQL server and of the secrets beside it: made, kept, verified, brought back.

``sealed_files`` compresses and encrypts, ``folder`` keeps backups apart from what merely looks like one, ``cluster`` reads
the server, ``copying`` makes one backup, ``unpacking`` reads one back.
"""

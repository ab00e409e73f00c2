"""SCIM 2.0 (RFC 7643, 7644): a company's directory makes, changes and cuts off the users and teams of this platform.

Users are users, groups are teams; both are kept by identity, under the rights of the API key the directory calls with.
"""

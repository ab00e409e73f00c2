"""The chassis every service drives on: technology only, no CRM word in it."""

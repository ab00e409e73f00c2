"""The commands of ``crm``, one module per subject."""

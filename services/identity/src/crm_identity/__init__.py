"""Who is who: units, users, sign-in and the rights they carry."""

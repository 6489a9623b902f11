"""The files of a dossier: kind, safe pictures of the pages, decisions."""

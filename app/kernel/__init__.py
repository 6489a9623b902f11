"""What every room stands on; no word of the trade here."""

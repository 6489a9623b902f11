"""Measurements that end in one line of JSON each: name, figures, ratio."""

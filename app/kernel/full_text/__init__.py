"""Full-text search for any kind of thing: English and Indonesian, names in every script, numbers in every spelling.

An entry of the index is made from a thing's text by `entries.index(kind, …)` and taken out by `entries.forget(kind, …)`. Nobody
calls these by hand for rows of the database: a trigger (`search_is_due`, migration 0011) notes every row that was written,
changed or deleted by whatever statement, and the indexer (`due.py`) reads the row anew and writes its entry within seconds,
or at the next search. So moving, merging and erasing keep the index true without any verb knowing of it.

A further kind joins in three steps: its description (`due.describe`, ids in, `Described` out), a trigger on its table, and a
group on the search page. Text that is no row's column, as what is read from a document, comes with the description too.

words     a text as words with their places: folded, stems apart, pairs of characters where words have no spaces
phones    telephone numbers in every spelling as one
stems     PostgreSQL's own English and Indonesian stemmers
vector    the words of a thing as a tsvector
asked     what a person typed as a tsquery that is never an error
entries   the rows, `index` and `forget`
due       what waits to be indexed, and doing it
find      the newest entries that match, ranked
marks     the hits in a text, as pieces and never as markup
"""

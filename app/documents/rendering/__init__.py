"""Page images of documents, made by a confined process.

Nothing is imported here: the child reaches its modules through this package and must not drag the product in.
"""

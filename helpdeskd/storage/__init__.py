"""The durable tables: the only room that imports peewee. Rows go in and out as values of `domain`; no Model
leaves it.
"""

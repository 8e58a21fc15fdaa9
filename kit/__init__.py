"""Pages, languages, forms, problem documents and database sessions of the services.

Knows no feature. The edge never imports it.
"""

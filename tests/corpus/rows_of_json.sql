-- JSON_TABLE makes a table of a document.
-- given
CREATE TABLE doc (id int PRIMARY KEY, body jsonb);
CREATE TABLE other (id int PRIMARY KEY, body jsonb);
INSERT INTO doc VALUES (1, '{"a": [{"b": 1}, {"b": 2}]}');
-- script
SELECT j.* FROM doc, JSON_TABLE(body, '$.a[*]' COLUMNS (n FOR ORDINALITY, b int PATH '$.b' DEFAULT 0 ON EMPTY)) AS j;
CREATE TABLE flat AS SELECT j.b FROM JSON_TABLE((SELECT body FROM other LIMIT 1), '$' COLUMNS (b int)) AS j;
INSERT INTO other SELECT j.b, NULL FROM doc, JSON_TABLE(body, '$.a[*]' COLUMNS (NESTED PATH '$' COLUMNS (b int))) AS j;
CREATE VIEW seen AS SELECT j.b FROM doc, JSON_TABLE(body, '$.a[*]' COLUMNS (b int PATH '$.b')) AS j;

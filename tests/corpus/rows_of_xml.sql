-- XMLTABLE makes a table of a document.
-- given
CREATE TABLE doc (id int PRIMARY KEY, body xml);
CREATE TABLE other (id int PRIMARY KEY, path text);
INSERT INTO other VALUES (1, '//b');
-- script
SELECT x.* FROM doc, XMLTABLE('//a' PASSING body COLUMNS n FOR ORDINALITY, b int PATH 'b' DEFAULT 3 NOT NULL) AS x;
CREATE TABLE flat AS SELECT x.b FROM doc, XMLTABLE('//a' PASSING BY REF body COLUMNS b varchar(9) PATH (SELECT path FROM other LIMIT 1)) x;
INSERT INTO other SELECT x.id, 'x' FROM doc, XMLTABLE(XMLNAMESPACES('http://a' AS a), '//a:b' PASSING body COLUMNS id int) AS x;
CREATE VIEW seen AS SELECT x.b FROM doc, LATERAL XMLTABLE('//a' PASSING body COLUMNS b int) AS x;

-- A new partition of a table that foreign keys point to: these tables are locked as well.
-- given
CREATE TABLE w (id int PRIMARY KEY, o int) PARTITION BY LIST (id);
CREATE TABLE w1 PARTITION OF w FOR VALUES IN (1);
CREATE TABLE t (o int REFERENCES w);
CREATE TABLE w5 (id int NOT NULL, o int);
-- script
CREATE TABLE w2 PARTITION OF w FOR VALUES IN (2);
ALTER TABLE w ATTACH PARTITION w5 FOR VALUES IN (5);

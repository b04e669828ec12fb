-- Names that are taken already get a number.
-- given
CREATE TABLE account (id int PRIMARY KEY, a int, b int);
CREATE TABLE account_a_key (id int);
CREATE TABLE visit (id int, a int);
CREATE INDEX account_b_idx ON visit (a);
ALTER TABLE visit ADD CONSTRAINT account_a_check CHECK (a > 0);
ALTER TABLE visit ADD CONSTRAINT account_b_key1 CHECK (a > 0);
CREATE TABLE account_b_key (id int);
-- script
ALTER TABLE account ADD UNIQUE (a);
CREATE INDEX ON account (b);
ALTER TABLE account ADD CHECK (a > 1);
ALTER TABLE account ADD UNIQUE (b);
ALTER TABLE account ADD FOREIGN KEY (a) REFERENCES account;
ALTER TABLE account ADD FOREIGN KEY (a) REFERENCES account;

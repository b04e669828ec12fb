-- Both tables are locked and read; NOT VALID reads neither.
-- given
CREATE TABLE other (id int PRIMARY KEY, code text UNIQUE, a int, b int, UNIQUE (a, b));
CREATE TABLE account (id int PRIMARY KEY, other_id int, code text, a int, b int, parent int, later int);
-- script
ALTER TABLE account ADD CONSTRAINT to_other FOREIGN KEY (other_id) REFERENCES other;
ALTER TABLE account ADD FOREIGN KEY (code) REFERENCES other (code) ON UPDATE CASCADE;
ALTER TABLE account ADD FOREIGN KEY (a, b) REFERENCES other (a, b);
ALTER TABLE account ADD FOREIGN KEY (parent) REFERENCES account;
ALTER TABLE account ADD CONSTRAINT some_time FOREIGN KEY (later) REFERENCES other (id) NOT VALID;
ALTER TABLE account VALIDATE CONSTRAINT some_time;
ALTER TABLE account VALIDATE CONSTRAINT some_time;
ALTER TABLE account ADD FOREIGN KEY (later) REFERENCES other DEFERRABLE INITIALLY DEFERRED NOT VALID;
ALTER TABLE account DROP CONSTRAINT some_time;
ALTER TABLE account DROP CONSTRAINT account_parent_fkey;
ALTER TABLE account ADD CONSTRAINT self FOREIGN KEY (parent) REFERENCES account NOT VALID;
ALTER TABLE account VALIDATE CONSTRAINT self;

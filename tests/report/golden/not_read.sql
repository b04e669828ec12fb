-- What stands there is no SQL, and the rest is read all the same.
ALTER TABEL account ADD fax text;
ALTER TABLE account ADD COLUMN a int, FROBNICATE b, DROP COLUMN c;

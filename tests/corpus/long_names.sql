-- Names are cut to 63 bytes, the longer part first.
-- given
CREATE TABLE other (id int PRIMARY KEY);
-- script
CREATE TABLE a_table_with_a_name_that_is_rather_long_but_still_fits_somehow (
    id int PRIMARY KEY,
    a_column_with_a_name_that_is_rather_long_too int UNIQUE REFERENCES other CHECK (a_column_with_a_name_that_is_rather_long_too > 0),
    short int UNIQUE
);
CREATE INDEX ON a_table_with_a_name_that_is_rather_long_but_still_fits_somehow (a_column_with_a_name_that_is_rather_long_too);
ALTER TABLE a_table_with_a_name_that_is_rather_long_but_still_fits_somehow ADD UNIQUE (a_column_with_a_name_that_is_rather_long_too, short);
ALTER TABLE other RENAME TO a_name_that_is_longer_than_what_postgresql_keeps_of_names_and_is_cut_there;

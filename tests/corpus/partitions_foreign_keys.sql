-- A foreign key of a partitioned table, got from its partitions.
-- given
CREATE TABLE sensor (id int PRIMARY KEY);
CREATE TABLE measure (at date NOT NULL, value int, other int) PARTITION BY RANGE (at);
CREATE TABLE measure_a PARTITION OF measure FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE measure_b PARTITION OF measure FOR VALUES FROM ('2027-01-01') TO ('2028-01-01') PARTITION BY LIST (value);
CREATE TABLE measure_b_x PARTITION OF measure_b FOR VALUES IN (1, 2);
-- script
ALTER TABLE measure_a ADD CONSTRAINT of_sensor FOREIGN KEY (value) REFERENCES sensor NOT VALID;
ALTER TABLE measure_a VALIDATE CONSTRAINT of_sensor;
ALTER TABLE measure_b_x ADD CONSTRAINT another_name FOREIGN KEY (value) REFERENCES sensor;
ALTER TABLE measure ADD CONSTRAINT of_sensor FOREIGN KEY (value) REFERENCES sensor;
ALTER TABLE measure DROP CONSTRAINT of_sensor;
ALTER TABLE measure_a ADD FOREIGN KEY (value) REFERENCES sensor;
ALTER TABLE measure ADD FOREIGN KEY (value) REFERENCES sensor;

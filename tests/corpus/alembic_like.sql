-- As migration tools write it: everything in one transaction, names spelled out.
-- given
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
INSERT INTO alembic_version (version_num) VALUES ('0001');
CREATE TABLE customer (id SERIAL NOT NULL, name VARCHAR(200) NOT NULL, PRIMARY KEY (id));
-- script
BEGIN;
CREATE TABLE orders (
    id SERIAL NOT NULL,
    customer_id INTEGER NOT NULL,
    state VARCHAR(20) DEFAULT 'new' NOT NULL,
    placed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(customer_id) REFERENCES customer (id)
);
CREATE INDEX ix_orders_customer_id ON orders (customer_id);
ALTER TABLE customer ADD COLUMN email VARCHAR(320);
UPDATE customer SET email='';
ALTER TABLE customer ALTER COLUMN email SET NOT NULL;
CREATE UNIQUE INDEX ix_customer_email ON customer (email);
ALTER TABLE customer ADD CONSTRAINT uq_customer_name UNIQUE (name);
UPDATE alembic_version SET version_num='0002' WHERE alembic_version.version_num = '0001';
COMMIT;
BEGIN;
ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey;
ALTER TABLE orders ADD CONSTRAINT fk_orders_customer FOREIGN KEY(customer_id) REFERENCES customer (id) ON DELETE CASCADE;
DROP INDEX ix_orders_customer_id;
ALTER TABLE orders ALTER COLUMN state TYPE VARCHAR(40);
DROP TABLE orders;
COMMIT;

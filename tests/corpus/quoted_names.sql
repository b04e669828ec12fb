-- Capitals, spaces, keywords and umlauts.
-- given
CREATE SCHEMA "Über";
CREATE TABLE "Über"."Order" (id int PRIMARY KEY, "select" int, "Größe" text);
CREATE TABLE other_case (id int);
-- script
CREATE TABLE "Ärger" ("A b" int PRIMARY KEY, "order" int REFERENCES "Über"."Order", "c""d" text CHECK ("c""d" <> ''));
ALTER TABLE "Über"."Order" ADD COLUMN "where" text;
ALTER TABLE "Über"."Order" ALTER COLUMN "Größe" SET NOT NULL;
CREATE INDEX ON "Über"."Order" ("Größe", "select");
ALTER TABLE "Über"."Order" RENAME COLUMN "select" TO "Select";
ALTER TABLE "Ärger" ALTER COLUMN "order" TYPE bigint;
ALTER TABLE Other_Case ADD COLUMN x int;

SET lock_timeout = '2s';
ALTER TABLE account ADD COLUMN fax text;

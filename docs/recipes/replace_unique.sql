-- Replace a UNIQUE constraint
--
-- The new one's index is built first; then the two change places in one transaction, so that there is always one. A
-- primary key likewise. What refuses no more than the old one does is built before the new code is deployed, for its
-- ON CONFLICT; what is stricter, in the contract.

-- before
CREATE TABLE member (team_id bigint, mail text, CONSTRAINT member_mail UNIQUE (mail));

-- migration
ALTER TABLE member DROP CONSTRAINT member_mail;
ALTER TABLE member ADD CONSTRAINT member_mail UNIQUE (team_id, mail);

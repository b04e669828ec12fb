SET lock_timeout = '2s';
CREATE INDEX account_everything
    ON account (
        id,
        email,
        name,
        age,
        note,
        fax
    );
CREATE INDEX account_of_a_very_long_line ON account (id, email, name, age, note, fax, telex, phone, mobile, street, city, country, postcode, language, currency);

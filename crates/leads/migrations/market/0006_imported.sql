-- Contacts that came from a file with neither e-mail address nor telephone number: by what the file says of them, so that
-- the same file again finds them.
CREATE TABLE lead_import (
    row_index BYTEA PRIMARY KEY,
    contact TEXT NOT NULL REFERENCES contact (id)
);
CREATE INDEX lead_import_contact ON lead_import (contact);

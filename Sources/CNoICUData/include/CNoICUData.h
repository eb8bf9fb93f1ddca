// Nothing to call: see icu_data.c.

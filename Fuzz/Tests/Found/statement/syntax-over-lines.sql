SELECT *
FROM (
  sequences
  WHERE

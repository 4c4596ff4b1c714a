SELECT p.`profile_id`
FROM `profile` AS p
WHERE TRUE

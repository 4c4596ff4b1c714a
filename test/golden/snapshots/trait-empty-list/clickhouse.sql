SELECT p.`profile_id`
FROM `profile` AS p
WHERE NOT (CASE WHEN p.`trait_score` IS NOT NULL THEN FALSE END)

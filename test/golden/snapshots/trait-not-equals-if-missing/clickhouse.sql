SELECT p.`profile_id`
FROM `profile` AS p
WHERE (p.`trait_country` IS NULL OR NOT (p.`trait_country` = {p1:String}))
-- 1 text "DE"

SELECT p.`profile_id`
FROM `profile` AS p
WHERE NOT (p.`consent_ads__email` IS NOT NULL AND p.`consent_ads__email` = {p1:String})
-- 1 text "granted"

SELECT p.`profile_id`
FROM `profile` AS p
WHERE (p.`profile_id` NOT IN (SELECT `profile_id`
FROM `every_membership`
WHERE `segment` = {p1:String} AND `exited_at` IS NULL))
-- 1 text "buyers"

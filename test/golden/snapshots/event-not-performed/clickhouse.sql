SELECT p.`profile_id`
FROM `profile` AS p
WHERE (p.`profile_id` NOT IN (SELECT `profile_id`
FROM `event`
WHERE `name` = {p1:String} AND `time` <= {p2:Int64}))
-- 1 text "open"
-- 2 datetime "1711886400000000"

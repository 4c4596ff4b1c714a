SELECT p.`profile_id`
FROM `profile` AS p
WHERE (p.`profile_id` IN (SELECT `profile_id`
FROM `event`
WHERE `name` = {p1:String} AND `time` > {p2:Int64} AND `time` <= {p3:Int64}))
-- 1 text "purchase"
-- 2 datetime "1709294400000000"
-- 3 datetime "1711886400000000"

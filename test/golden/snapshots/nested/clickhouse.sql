SELECT p.`profile_id`
FROM `profile` AS p
WHERE ((p.`trait_vip` = {p1:Bool}) AND ((p.`profile_id` IN (SELECT `profile_id`
FROM `event`
WHERE `name` = {p2:String} AND `time` <= {p3:Int64}
GROUP BY `profile_id`
HAVING ((max(`time`) > {p4:Int64} AND max(`time`) <= {p5:Int64})))) OR (p.`trait_score` BETWEEN {p6:Float64} AND {p7:Float64})) AND ((p.`profile_id` NOT IN (SELECT `profile_id`
FROM `every_membership`
WHERE `segment` = {p8:String} AND `exited_at` IS NULL)) OR NOT (p.`trait_country` IN ({p9:String}, {p10:String}))))
-- 1 boolean true
-- 2 text "open"
-- 3 datetime "1711886400000000"
-- 4 datetime "1704110400000000"
-- 5 datetime "1711886400000000"
-- 6 number 1
-- 7 number 2.5
-- 8 text "buyers"
-- 9 text "FR"
-- 10 text "DE"

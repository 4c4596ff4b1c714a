SELECT p.`profile_id`
FROM `profile` AS p
WHERE (p.`profile_id` IN (SELECT `profile_id`
FROM `event`
WHERE `name` = {p1:String} AND NOT (`property_gift` IS NOT NULL) AND NOT (`property_amount` = {p2:Float64}) AND `time` > {p3:Int64} AND `time` <= {p4:Int64}
GROUP BY `profile_id`
HAVING (startsWith(argMin(`property_shop`, (`time`, `message_id`)), {p5:String}))))
-- 1 text "purchase"
-- 2 number 0
-- 3 datetime "1704067199999999"
-- 4 datetime "1711281600000000"
-- 5 text "100 %"

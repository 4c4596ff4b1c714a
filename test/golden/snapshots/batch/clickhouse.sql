SELECT `profile_id`, groupBitOr(`w0`) AS `w0`
FROM (SELECT `profile_id`, bitOr(CASE WHEN (`m0` > {p1:Float64}) THEN toInt64(1) ELSE toInt64(0) END, CASE WHEN (`m1` >= {p2:Float64}) THEN toInt64(2) ELSE toInt64(0) END) AS `w0`
FROM (SELECT `profile_id`, floor(COALESCE(sum(`property_amount`), 0) * 1e6 + 5e-1) / 1e6 AS `m0`, count(*) AS `m1`
FROM `event`
WHERE `name` = {p3:String} AND `time` <= {p4:Int64}
GROUP BY `profile_id`) AS m
UNION ALL SELECT `profile_id`, CASE WHEN TRUE THEN toInt64(4) ELSE toInt64(0) END AS `w0`
FROM `event`
WHERE `name` = {p5:String} AND `time` <= {p6:Int64}) AS f
GROUP BY `profile_id`
-- 1 number 500
-- 2 number 3
-- 3 text "purchase"
-- 4 datetime "1711886400000000"
-- 5 text "open"
-- 6 datetime "1711886400000000"

SELECT p.`profile_id`, bitOr(COALESCE(f.`w0`, toInt64(0)), CASE WHEN (p.`trait_country` = {p1:String}) THEN toInt64(8) ELSE toInt64(0) END) AS `w0`
FROM `profile` AS p
LEFT JOIN `facts` AS f ON f.`profile_id` = p.`profile_id`
-- 1 text "FR"

SELECT `w0`, count(*) AS `people`
FROM `bits`
GROUP BY `w0`

SELECT *, bitOr(CASE WHEN bitAnd(`w0`, toInt64(1)) = toInt64(1) THEN toInt64(1) ELSE toInt64(0) END, bitOr(CASE WHEN bitAnd(`w0`, toInt64(2)) = toInt64(2) THEN toInt64(2) ELSE toInt64(0) END, CASE WHEN bitAnd(`w0`, toInt64(9)) = toInt64(9) THEN toInt64(4) ELSE toInt64(0) END)) AS `s0`
FROM `previous`

SELECT *, CASE WHEN (bitAnd(`s0`, toInt64(2)) = toInt64(2) AND bitAnd(`w0`, toInt64(4)) = toInt64(0)) THEN toInt64(1) ELSE toInt64(0) END AS `s1`
FROM `previous`

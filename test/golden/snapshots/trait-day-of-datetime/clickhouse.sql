SELECT p.`profile_id`
FROM `profile` AS p
WHERE (p.`trait_signup` BETWEEN {p1:Int64} AND {p2:Int64})
-- 1 datetime "1709164800000000"
-- 2 datetime "1709251199999999"

SELECT p.`profile_id`
FROM `profile` AS p
WHERE ((p.`trait_birthday` > {p1:Int32} AND p.`trait_birthday` <= {p2:Int32}))
-- 1 date "19630"
-- 2 date "19813"

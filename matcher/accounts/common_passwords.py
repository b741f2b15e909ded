"""Passwords that people everywhere think of first, among those long enough to be taken at all."""

from __future__ import annotations

_WORDS = """
0123456789 0987654321 1029384756 1122334455 1223334444 1231231230 123123123123 1231231234 1234512345 1234554321
1234567890 12345678900 1234567890a 1234567890q 1234567891 12345678910 123456789123 123456789a 123456789abc
123456789q 123456abcdef 123456asdf 123456qwerty 12345qwert 123qweasdzxc 13145201314 1314520520 1357924680 1q2w3e4r5t
1q2w3e4r5t6y 1q2w3e4r5t6y7u8i 1qaz2wsx3edc 1qaz2wsx3edc4rfv 1qazxsw23edc 2468013579 3141592653 31415926535
3141592654 5201314520 5201314521 5201314woaini 9876543210 987654321a __future__ a123456789 a1234567890 a12345678910
aa123456789 abc1234567 abc12345678 abc123456789 abcabc123123 abcd123456 abcd1234567 abcd12345678 abcdefghij
abcdefghijk abcdefghijkl access12345 access123456 admin12345 admin123456 admin1234567 admin@12345 admin@123456
adminadmin adminadmin1 administrator administrator1 administrator123 administrator@123 aini1314520 annotations
asd123456789 asdfasdfasdf asdfghjkl1 asdfghjkl123 asdfghjkl; asdfqwer1234 autumn2025 autumn2026 baseball123
batman123456 blahblahblah changeme12 changeme123 changemenow charlie123 company123 computer123
correcthorsebatterystaple default123 demo123456 dragon123456 football123 frozenset( guest12345 guest123456
hello12345 hello123456 helloworld helloworld1 helloworld123 iloveyou12 iloveyou123 iloveyou1314 iloveyou520
internet123 jiebang123 jiebang1234 jiebang12345 jiebang123456 letmein123 letmein1234 letmeinplease liverpool123
login123456 manchester1 master123456 michael123 monkey123456 mypassword mypassword1 mypassword123 newpassword
newpassword1 nihao12345 nihao123456 office12345 p@ssw0rd12 p@ssw0rd123 p@ssw0rd1234 p@ssword123 pa$$w0rd123
passw0rd123 password12 password123 password1234 password12345 password123456 princess123 q123456789 q1w2e3r4t5
q1w2e3r4t5y6 qazwsx123456 qazwsxedc123 qazwsxedcrfv qq123456789 qwe123456789 qweasdzxc1 qweasdzxc123 qwerty12345
qwerty123456 qwerty1234567 qwertyasdf qwertyasdfgh qwertyasdfzxcv qwertyqwerty qwertyuiop qwertyuiop1 qwertyuiop123
qwertyuiop[] root123456 root@123456 rootrootroot secret12345 secret123456 shadow123456 spring2025 spring2026
starwars123 summer2024 summer2025 summer2026 sunshine123 superman123 supersecret superuser123 sysadmin123 test123456
testpassword testtest123 testtesttest thepassword trustno1trustno1 user123456 user1234567 w123456789 welcome123
welcome1234 welcome2024 welcome2025 welcome2026 welcomeback whatever123 winter2024 winter2025 winter2026
woaini123456 woaini1314 woaini1314520 woaini5201314 woaini520520 woainima123 wodemima123 z123456789 zaq12wsxcde3
zhongguo123 zxcvbnm123 zxcvbnm1234 zxcvbnm12345 zxcvbnmasdf
"""

COMMON = frozenset(_WORDS.split())
"""In lower case."""

from shop.listings import tokens


def test_chinese_is_stored_as_single_characters_and_pairs():
    assert tokens.stored_words(["高山土蜂蜜"]) == " 高 山 土 蜂 蜜 高山 山土 土蜂 蜂蜜 "


def test_two_texts_share_no_pair():
    assert "皮蛋" not in tokens.stored_words(["红皮", "蛋糕"])


def test_full_width_and_capitals_are_one_form():
    assert tokens.stored_words(["ＷＣ-Tea-００1 of the hills"]) == " wc-tea-001 wc tea 001 hills "


def test_characters_that_say_nothing_are_no_token_alone():
    assert tokens.stored_words(["茶的"]) == " 茶 茶的 "


def test_pinyin_is_stored_in_runs_of_whole_syllables_and_initials():
    assert tokens.stored_pinyin(["土蜂蜜"]) == " tu feng mi tufeng =tf fengmi =fm tufengmi =tfm "


def test_nothing_is_stored_of_nothing():
    assert tokens.stored_words(["", "!!!"]) == " "
    assert tokens.stored_pinyin(["tea"]) == " "


def test_a_run_beyond_the_longest_is_stored_whole():
    stored = tokens.stored_pinyin(["一二三四五六七八九十"])
    assert " yiersansiwuliuqibajiushi " in stored
    assert " yiersansiwuliuqibajiu " not in stored

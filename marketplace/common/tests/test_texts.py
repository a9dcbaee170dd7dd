import pytest

from marketplace.common.texts import fold, slugify


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Điện thoại", "dien thoai"),
        ("ĐƯỜNG", "duong"),
        ("Áo thun", "ao thun"),
        ("A\u0301o", "ao"),
        ("Straße", "strasse"),
        ("", ""),
    ],
)
def test_fold_drops_case_and_diacritics(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Điện thoại & Phụ kiện", "dien-thoai-phu-kien"),
        ("  --Áo   thun!!  ", "ao-thun"),
        ("ｆｕｌｌ　ｗｉｄｔｈ", "full-width"),
        ("日本語", ""),
        ("\x00../../etc", "etc"),
        ("a" * 300, "a" * 200),
    ],
)
def test_slug_is_ascii(text, slug):
    assert slugify(text) == slug


def test_slug_that_is_cut_does_not_end_in_a_hyphen():
    assert slugify("abc def", max_length=4) == "abc"

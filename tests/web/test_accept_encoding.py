import pytest

from web.accept_encoding import accepts_gzip


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([], False),
        ([""], False),
        (["gzip"], True),
        (["gzip, deflate, br, zstd"], True),
        (["deflate", "x-gzip"], True),
        (["GZip;Q=0.001"], True),
        (["deflate , gzip ; q=1.0"], True),
        (["*"], True),
        (["br, *;q=0.1"], True),
        (["gzip;q=0"], False),
        (["gzip;q=0.000, *"], False),
        (["*;q=0"], False),
        (["*;q=0, gzip"], True),
        (["identity"], False),
        (["br"], False),
        (["gzip;q=much"], False),
        (["gzipped"], False),
    ],
)
def test_gzip_is_given_to_those_who_accept_it(fields: list[str], expected: bool) -> None:
    assert accepts_gzip(fields) is expected

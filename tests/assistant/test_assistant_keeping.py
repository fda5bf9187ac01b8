"""What takes long to find is kept, and found again where its file does not serve."""

import numpy as np

from assistant.reading.keeping import kept


def test_what_is_kept_is_made_once_and_again_only_where_its_file_is_broken(tmp_path):
    made: list[int] = []

    def make():
        made.append(1)
        return np.arange(60, dtype=np.int64)

    def ask(folder, made_of="this", fits=lambda held: held.dtype == np.int64):
        return kept(folder, "places", made_of, make, fits)

    answers = [ask(tmp_path), ask(tmp_path)]
    assert len(made) == 1
    [file] = tmp_path.glob("*.npy")
    file.write_bytes(file.read_bytes()[:200])
    answers.append(ask(tmp_path))
    assert len(made) == 2
    answers.append(ask(tmp_path, fits=lambda _: False))
    assert len(made) == 3
    answers.append(ask(tmp_path, made_of="that"))
    assert len(made) == 4
    answers.append(ask(tmp_path / "gone"))  # a folder that cannot be written to costs time alone
    assert len(made) == 5
    assert all(np.array_equal(answers[0], each) for each in answers)

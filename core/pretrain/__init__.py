"""A backbone without anybody's photographs: pictures drawn by formulas, and a small network that learns from them.

    python -m core.pretrain FOLDER --steps 5200      (draws, learns; goes on where it was stopped)

`fields` are the formulas, `scenes` the pictures made of them, `pool` their file; `augment` varies them, `descriptors`
are what the network must tell of them, `learn` is the loop. Nothing of it runs in the application.
"""

"""First layers for another number of channels, as timm's adapt_input_conv makes them, computed with PyTorch.

Run: /usr/bin/python3 changeChannels.golden.py > changeChannels.golden.json
"""

import json

import torch

torch.manual_seed(2)
colour, grey = torch.randn(4, 3, 7, 7), torch.randn(4, 1, 7, 7)
flat = lambda x: [round(v, 9) for v in x.flatten().tolist()]
print(
    json.dumps(
        {
            "colour": flat(colour),
            "grey": flat(grey),
            "summed": flat(colour.sum(dim=1, keepdim=True)),
            "repeated": flat(grey.repeat(1, 3, 1, 1) * (1 / 3)),
        }
    )
)
